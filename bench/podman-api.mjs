/**
 * A client of Podman's REST API, for the benchmark and the tests.
 * @module
 */
import { request } from 'node:http';
import { json, text } from 'node:stream/consumers';

/** @typedef {{ status: number | undefined, body: any }} Reply `body` is a string unless it was JSON */

/**
 * @param {string} socketPath
 * @param {string} method
 * @param {string} path
 * @param {object} [content]
 * @returns {Promise<Reply>}
 */
export function callApi(socketPath, method, path, content) {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' };
    const sent = request({ socketPath, method, path, headers }, (response) => {
      const isJson = response.headers['content-type']?.startsWith('application/json') === true;
      const body = isJson ? json(response) : text(response);
      body.then((body) => resolve({ status: response.statusCode, body }), reject);
    });
    sent.on('error', reject);
    sent.end(content === undefined ? undefined : JSON.stringify(content));
  });
}
