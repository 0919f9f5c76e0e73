// Not with st.query_params: that adds a step to the browser's history, and the way back to the results would take two.
const here = new URL(location.href);
here.searchParams.delete("zoek");
history.replaceState(history.state, "", here);
