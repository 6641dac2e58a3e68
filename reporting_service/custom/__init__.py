"""Reports that people build themselves: what is measured, by what it is grouped, and again each month or week."""
