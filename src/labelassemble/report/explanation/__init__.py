"""The page of ``explain``: images, what a network says of them, and what that is made of."""
