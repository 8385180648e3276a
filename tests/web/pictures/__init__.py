"""Pictures over HTTP: uploads, downloads, and their limits."""
