"""What is generated from the .proto files. Private: the package's own names are the promise."""
