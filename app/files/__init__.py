"""Files that people send: pictures, checked and bared of what they say of whoever took them; one place to keep them."""
