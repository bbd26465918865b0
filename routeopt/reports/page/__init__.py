"""What the HTML pages share: templates, scripts and styles, and how they become one file."""
