"""`switchboard report CONTACT`: what support needs of one contact, and nothing about people."""
