"""The web page: HTML made on the server, a little script, one stream."""
