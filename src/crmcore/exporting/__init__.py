"""What leaves crmcore: files of sheets, and exports of records as a user may see them."""
