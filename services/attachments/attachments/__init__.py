"""The attachments service: photos, documents and the completeness of an application."""
