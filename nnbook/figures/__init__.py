"""What one page draws: a module for each chapter, imported by its page."""
