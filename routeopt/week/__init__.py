"""The coming nights: follow-ups spread over them, each night planned, and what will fail told beforehand."""
