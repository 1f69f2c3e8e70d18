# The image `pith` that examples/web/Dockerfile builds in.
.PHONY: builder-image
builder-image: $(ALL)
	@tools/builder-image
