"""Agreement on spans: F1, the unitizing alphas, gamma."""
