"""Reports as a user may see them; tables are in `crmcore.tables`, drawings in `crmcore.charts`."""
