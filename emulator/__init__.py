"""Stands in for Microsoft Graph, Entra and the people. Imports no product code."""
