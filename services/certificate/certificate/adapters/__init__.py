"""What certificates need from outside: tables, typesetting, signing, files in storage."""
