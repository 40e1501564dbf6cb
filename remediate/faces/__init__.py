"""What the command line and the pages both do with the parts of a session; parses and prints nothing."""
