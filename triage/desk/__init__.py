"""Everything a person does: checked, done and audited in one transaction."""
