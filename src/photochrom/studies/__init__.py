"""The experiments of the three papers as commands: one file a study, one drawing style for all of them."""
