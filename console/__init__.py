"""What agents and supervisors see: the JSON API and, later, the live feed and the pages."""
