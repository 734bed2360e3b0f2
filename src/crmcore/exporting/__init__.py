"""Exports of records as a user may see them; the writers of files are in `crmcore.sheets`."""
