"""What the review reads from outside its rules: seeds and the calendar of working days."""
