# In the place of the official image's entry point.
exec nginx -g "daemon off;"
