"""Ask people: real or fake? A test in the browser, its votes in SQLite, its report."""
