"""What readers see for codes: states, reasons, refusals, bounces. Every text is translated."""
