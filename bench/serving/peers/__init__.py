"""Others that serve the same bundle, as their own documentation begins: one file each."""
