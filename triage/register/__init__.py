"""The official school register: schools, boards, editions, codes, names and domains, and looking them up."""
