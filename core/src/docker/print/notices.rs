//! Notices of the client beside the output of a command.

/// What is said on the error stream when a registry knows nothing of an image
/// (moby `client/service_create.go`).
pub fn unresolved_image(image: &str) -> String {
    format!(
        "image {image} could not be accessed on a registry to record\n\
         its digest. Each node will access {image} independently,\n\
         possibly leading to different nodes running different\n\
         versions of the image.\n\n"
    )
}
