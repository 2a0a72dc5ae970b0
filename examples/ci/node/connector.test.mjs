// Run with: node --test
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, test } from 'node:test';
import { Connector } from './connector.mjs';
import { startSandbox } from './handset.mjs';

let sandbox, connector, url;

before(async () => {
  sandbox = await startSandbox('--seed', '7');
  connector = new Connector(sandbox);
  url = await connector.listen();
  await sandbox.ctl('webhook', url);
});

after(async () => {
  connector.close();
  await sandbox.stop();
});

/** The next message of an agent. */
async function agentSays() {
  for (;;) {
    const [change] = await once(connector, 'change', { signal: AbortSignal.timeout(20_000) });
    if (change.event?.type === 'ContentEvent' && change.originatorMetadata.role !== 'CONSUMER') return change.event.message;
  }
}

test('an agent answers', async () => {
  const ada = await connector.consumer('ada');
  const conversation = await ada.open();
  assert.match(await agentSays(), /Riley/);
  const answer = agentSays();
  assert.equal(typeof await ada.say(conversation, 'help'), 'number');
  assert.ok(await answer);
  const { dialogs } = await sandbox.ctl('conversations', conversation);
  assert.equal(dialogs[0].open, true);
});

test('what the cloud cannot do just now is tried again', async () => {
  const gus = await connector.consumer('gus');
  const conversation = await gus.open();
  await sandbox.ctl('fault', 'add', 'send', '--status', '503', '--count', '1');
  await gus.say(conversation, 'said at the second try');
  const [fault] = (await sandbox.ctl('fault', 'list')).faults;
  assert.equal(fault.fired, 1);
});

test('a webhook with a wrong signature is refused', async () => {
  const answer = await fetch(url, { method: 'POST', body: '{}', headers: { 'x-liveperson-signature': 'sha1=AAAA' } });
  assert.equal(answer.status, 401);
});
