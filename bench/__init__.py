"""How fast wschat is, and how fast its rivals are, measured in one run on one machine."""
