// See CHTTPClient.h.

#include "CHTTPClient.h"

#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

struct coffer_http {
    CURL *curl;
};

struct sink {
    coffer_http_answer *answer;
    size_t capacity;
    size_t most;
    bool overflowed;
};

bool coffer_http_prepare(void) { return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK; }

coffer_http *coffer_http_open(void) {
    coffer_http *http = calloc(1, sizeof *http);
    if (http == NULL) return NULL;
    http->curl = curl_easy_init();
    if (http->curl == NULL) {
        free(http);
        return NULL;
    }
    return http;
}

void coffer_http_close(coffer_http *http) {
    curl_easy_cleanup(http->curl);
    free(http);
}

static void erase(uint8_t *bytes, size_t count) {
    if (bytes == NULL) return;
    explicit_bzero(bytes, count);
    free(bytes);
}

// The buffer grows by doubling, and what it leaves behind is erased: answers may hold secrets.
static size_t receive(char *bytes, size_t size, size_t count, void *context) {
    struct sink *sink = context;
    size_t more = size * count;
    coffer_http_answer *answer = sink->answer;
    if (more > sink->most - answer->body_bytes) {
        sink->overflowed = true;
        return 0;
    }
    if (answer->body_bytes + more > sink->capacity) {
        size_t capacity = sink->capacity == 0 ? 4096 : sink->capacity;
        while (capacity < answer->body_bytes + more) capacity *= 2;
        uint8_t *larger = malloc(capacity);
        if (larger == NULL) return 0;
        if (answer->body != NULL) memcpy(larger, answer->body, answer->body_bytes);
        erase(answer->body, sink->capacity);
        answer->body = larger;
        sink->capacity = capacity;
    }
    if (more > 0) memcpy(answer->body + answer->body_bytes, bytes, more);
    answer->body_bytes += more;
    return more;
}

static int problem(CURLcode code, bool overflowed) {
    if (overflowed) return COFFER_HTTP_TOO_LONG;
    switch (code) {
    case CURLE_OK: return COFFER_HTTP_OK;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY: return COFFER_HTTP_NAME;
    case CURLE_COULDNT_CONNECT: return COFFER_HTTP_CONNECT;
    case CURLE_OPERATION_TIMEDOUT: return COFFER_HTTP_TIME;
    case CURLE_PEER_FAILED_VERIFICATION: return COFFER_HTTP_CERTIFICATE;
    case CURLE_SSL_CACERT_BADFILE: return COFFER_HTTP_AUTHORITIES;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER: return COFFER_HTTP_TLS;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_BAD_CONTENT_ENCODING: return COFFER_HTTP_BROKEN;
    default: return COFFER_HTTP_OTHER;
    }
}

// Nothing but what the request says: no proxy, no redirection, no file of the user's.
static CURLcode configure(CURL *curl, const coffer_http_request *request,
                          struct curl_slist *headers, struct sink *sink) {
    struct curl_blob authorities = {
        .data = (void *)request->authorities,
        .len = request->authority_bytes,
        .flags = CURL_BLOB_COPY,
    };
    CURLcode code = CURLE_OK;
#define SET(option, value) \
    if (code == CURLE_OK) code = curl_easy_setopt(curl, option, value)
    SET(CURLOPT_ERRORBUFFER, sink->answer->detail);
    SET(CURLOPT_NOSIGNAL, 1L);
    SET(CURLOPT_URL, request->url);
#if LIBCURL_VERSION_NUM >= 0x075500
    SET(CURLOPT_PROTOCOLS_STR, "http,https");
#else
    SET(CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
    SET(CURLOPT_FOLLOWLOCATION, 0L);
    SET(CURLOPT_PROXY, "");
    SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(CURLOPT_SSL_VERIFYPEER, 1L);
    SET(CURLOPT_SSL_VERIFYHOST, 2L);
    if (request->authorities != NULL) {
        // The folder of the system's would be trusted beside them.
        SET(CURLOPT_CAPATH, NULL);
        SET(CURLOPT_CAINFO, NULL);
        SET(CURLOPT_CAINFO_BLOB, &authorities);
    }
    SET(CURLOPT_CONNECTTIMEOUT_MS, request->connect_milliseconds);
    SET(CURLOPT_TIMEOUT_MS, request->total_milliseconds);
    SET(CURLOPT_TCP_NODELAY, 1L);
    SET(CURLOPT_MAXCONNECTS, 1L);
    SET(CURLOPT_HTTPHEADER, headers);
    SET(CURLOPT_WRITEFUNCTION, receive);
    SET(CURLOPT_WRITEDATA, sink);
    if (request->body != NULL) {
        SET(CURLOPT_POST, 1L);
        SET(CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_bytes);
        SET(CURLOPT_POSTFIELDS, request->body);
    }
    SET(CURLOPT_CUSTOMREQUEST, request->method);
#undef SET
    return code;
}

void coffer_http_send(coffer_http *http, const coffer_http_request *request,
                      coffer_http_answer *answer) {
    memset(answer, 0, sizeof *answer);
    struct sink sink = {.answer = answer, .most = request->most_bytes};
    // Waiting for leave to send the body would cost a round trip.
    struct curl_slist *headers = curl_slist_append(NULL, "Expect:");
    CURLcode code = headers == NULL ? CURLE_OUT_OF_MEMORY : CURLE_OK;
    for (size_t index = 0; code == CURLE_OK && index < request->header_count; index++) {
        struct curl_slist *longer = curl_slist_append(headers, request->headers[index]);
        if (longer == NULL) code = CURLE_OUT_OF_MEMORY;
        else headers = longer;
    }
    curl_easy_reset(http->curl);
    if (code == CURLE_OK) code = configure(http->curl, request, headers, &sink);
    if (code == CURLE_OK) code = curl_easy_perform(http->curl);
    if (code == CURLE_OK) {
        curl_easy_getinfo(http->curl, CURLINFO_RESPONSE_CODE, &answer->status);
    } else if (answer->detail[0] == '\0') {
        strncpy(answer->detail, curl_easy_strerror(code), sizeof answer->detail - 1);
    }
    answer->problem = problem(code, sink.overflowed);
    // It holds the address of `answer`, and copies of headers and body.
    curl_easy_reset(http->curl);
    for (struct curl_slist *line = headers; line != NULL; line = line->next)
        explicit_bzero(line->data, strlen(line->data));
    curl_slist_free_all(headers);
}

void coffer_http_forget(coffer_http_answer *answer) {
    erase(answer->body, answer->body_bytes);
    answer->body = NULL;
    answer->body_bytes = 0;
}
