"""What the bank offers: products, whose terms have versions that apply from a day."""
