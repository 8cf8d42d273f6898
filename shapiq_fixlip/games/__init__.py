"""Games: two sides, a scale and a bias."""
