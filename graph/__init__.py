"""Everything said to and heard from Microsoft Graph and Entra."""
