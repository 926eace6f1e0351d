"""What people do by themselves with a link: preferences, their own data, another address. No page needs a script or a cookie."""
