// One HTTP request at a time over libcurl, whose options are variadic and cannot be set from Swift.

#ifndef COFFER_CHTTPCLIENT_H
#define COFFER_CHTTPCLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// A connection that is kept from request to request. For one thread at a time.
typedef struct coffer_http coffer_http;

typedef struct {
    const char *_Nonnull method;
    const char *_Nonnull url;
    /// Whole lines, `Name: value`.
    const char *_Nullable const *_Nonnull headers;
    size_t header_count;
    const uint8_t *_Nullable body;
    size_t body_bytes;
    /// The certificates to trust, in PEM, and no others; NULL for those of the system.
    const uint8_t *_Nullable authorities;
    size_t authority_bytes;
    long connect_milliseconds;
    long total_milliseconds;
    /// Of the answer's body. A longer one is a problem.
    size_t most_bytes;
} coffer_http_request;

enum coffer_http_problem {
    COFFER_HTTP_OK = 0,
    COFFER_HTTP_NAME,
    COFFER_HTTP_CONNECT,
    COFFER_HTTP_TIME,
    COFFER_HTTP_CERTIFICATE,
    COFFER_HTTP_AUTHORITIES,
    COFFER_HTTP_TLS,
    COFFER_HTTP_TOO_LONG,
    COFFER_HTTP_BROKEN,
    COFFER_HTTP_OTHER,
};

typedef struct {
    int problem;
    long status;
    uint8_t *_Nullable body;
    size_t body_bytes;
    /// Of the library, for people: a text without anything that was sent.
    char detail[256];
} coffer_http_answer;

/// Once, before anything else.
bool coffer_http_prepare(void);

coffer_http *_Nullable coffer_http_open(void);
void coffer_http_close(coffer_http *_Nonnull http);

/// Waits for the whole answer. Redirections are not followed.
void coffer_http_send(coffer_http *_Nonnull http, const coffer_http_request *_Nonnull request,
                      coffer_http_answer *_Nonnull answer);

/// Erases the body.
void coffer_http_forget(coffer_http_answer *_Nonnull answer);

#endif
