"""Stands in for Microsoft Graph, Entra and the people: a pure world in an HTTP shell."""
