"""The OpenAPI document of a service, and the errors that it names."""
