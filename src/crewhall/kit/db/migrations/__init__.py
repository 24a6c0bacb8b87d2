"""Migrations: numbered revisions, each the SQL file of the same name."""
