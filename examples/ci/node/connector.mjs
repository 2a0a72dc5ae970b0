// A small connector for LivePerson's Connector API, to show how one is tested.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { createServer } from 'node:http';

export class Connector extends EventEmitter {
  #cloud; #hosts = new Map(); #appJwt;

  /** `cloud` has csds, account, client_id and client_secret. */
  constructor(cloud) {
    super();
    this.#cloud = cloud;
  }

  /** The address of a service, as the Domain API has it. */
  async #service(name) {
    if (!this.#hosts.has(name)) {
      const { csds, account } = this.#cloud;
      const answer = await this.#fetch(`${csds}/api/account/${account}/service/${name}/baseURI.json?version=1.0`);
      this.#hosts.set(name, `${new URL(csds).protocol}//${answer.baseURI}/`);
    }
    return this.#hosts.get(name);
  }

  /** Fetches JSON. What the cloud cannot do just now is tried again. */
  async #fetch(url, options, tries = 3) {
    const answer = await fetch(url, { signal: AbortSignal.timeout(10_000), ...options });
    if ((answer.status === 429 || answer.status >= 500) && tries > 1) {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return this.#fetch(url, options, tries - 1);
    }
    if (!answer.ok) throw new Error(`${answer.status} from ${new URL(url).pathname}`);
    return answer.json();
  }

  async #post(service, path, body, headers = {}) {
    return this.#fetch(new URL(path, await this.#service(service)), {
      method: 'POST', body: JSON.stringify(body), headers: { 'content-type': 'application/json', ...headers },
    });
  }

  /** A consumer, by the name that the connector has for them. */
  async consumer(name) {
    const { account, client_id, client_secret } = this.#cloud;
    if (!this.#appJwt) {
      const url = new URL(`sentinel/api/account/${account}/app/token?v=1.0&grant_type=client_credentials`, await this.#service('sentinel'));
      this.#appJwt = (await this.#fetch(url, { method: 'POST', body: new URLSearchParams({ client_id, client_secret }) })).access_token;
    }
    const authorization = this.#appJwt;
    const { token } = await this.#post('idp', `api/account/${account}/consumer?v=1.0`, { ext_consumer_id: name }, { authorization });
    const headers = { authorization, 'x-lp-on-behalf': token };
    const path = `api/account/${account}/messaging/consumer/conversation`;
    const request = (id, type, body) => ({ kind: 'req', id, type, body });
    return {
      /** Opens a conversation; resolves to its conversationId. */
      open: async () => (await this.#post('asyncMessagingEnt', `${path}?v=3`, [
        request('1', 'userprofile.SetUserProfile', {}),
        request('2', 'cm.ConsumerRequestConversation', { brandId: account }),
      ], headers))[1].body.conversationId,
      /** Says something; resolves to its sequence. */
      say: async (dialogId, message) => (await this.#post('asyncMessagingEnt', `${path}/send?v=3`,
        request('3', 'ms.PublishEvent', { dialogId, event: { type: 'ContentEvent', contentType: 'text/plain', message } }),
        headers)).body.sequence,
    };
  }

  /** Takes webhooks; resolves to where. Each change of a signed one is emitted as `change`. */
  async listen() {
    const server = createServer(async (request, response) => {
      const parts = [];
      for await (const part of request) parts.push(part);
      const body = Buffer.concat(parts);
      if (!this.#isSigned(body, request.headers['x-liveperson-signature'])) {
        return response.writeHead(401).end();
      }
      response.end('OK');
      for (const change of JSON.parse(body).body.changes) this.emit('change', change);
    });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    this.close = () => { server.close(); server.closeAllConnections(); };
    return `http://127.0.0.1:${server.address().port}/hook`;
  }

  #isSigned(body, signature = '') {
    const [algorithm] = signature.split('=', 1);
    if (algorithm !== 'sha1' && algorithm !== 'sha256') return false;
    const digest = createHmac(algorithm, this.#cloud.client_secret).update(body).digest('base64');
    const [right, given] = [Buffer.from(`${algorithm}=${digest}`), Buffer.from(signature)];
    return right.length === given.length && timingSafeEqual(right, given);
  }
}
