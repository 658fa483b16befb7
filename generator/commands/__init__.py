"""The command line: parses options, calls one function, prints through a reporter, exits."""
