"""The faces: REST, live stream, MCP, web page, command line. Translation only; what is done is done in a room."""
