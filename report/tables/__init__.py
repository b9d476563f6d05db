"""What a study's runs say, as tables. Differences are turned so that above 0 is better."""
