"""The measured claims of README and the notes, each one command: `make bench ARGS=<name>`."""
