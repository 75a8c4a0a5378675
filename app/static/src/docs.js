// Browses the API's description; a file of its own, so that only its page loads it.
const place = document.getElementById("swagger");
window.SwaggerUIBundle({ url: place.dataset.description, domNode: place, deepLinking: true });
