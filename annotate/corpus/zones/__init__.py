"""What each line of an article is: by the rules, by what its outlet prints again and again, and by where it stands."""
