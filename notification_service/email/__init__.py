"""E-mail: which messages of the inbox go out on paper too, how they look, and the way to a mail server."""
