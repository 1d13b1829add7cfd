"""Site maps: from what a person writes and a survey measured to the signed file that tags read, and back."""
