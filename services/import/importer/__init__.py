"""The import service: workbooks, imports, cylinders and the registry of identities."""
