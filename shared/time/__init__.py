"""The bank's time: instants, days, and the calendar of business."""
