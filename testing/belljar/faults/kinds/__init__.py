"""The kinds of faults, one per file; each registers itself when `belljar.faults.kind` loads the folder."""
