"""Agreement on categories: ratings as arrays, every standard coefficient, their standard errors."""
