"""Page views: pages of kept files as images, with the places of quoted words on them."""
