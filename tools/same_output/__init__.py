"""What ``rayjobs`` prints and writes in thousands of repositories, by two versions of it."""
